"""Reading pictures of text: pages without a text layer, and picture files, by OCR on this machine."""
