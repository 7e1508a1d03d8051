"""The chat page: the only package that imports Gradio and FastAPI."""
