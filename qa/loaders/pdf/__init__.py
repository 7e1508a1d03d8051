"""PDF → documents and pictures of pages."""
