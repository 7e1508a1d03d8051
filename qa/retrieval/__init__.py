"""A question → hits: filters, keyword and vector search, one score."""
