"""Documents read to text. May know what a document is, PDFium and Tesseract."""
