"""Documents read to text, by their text layer or by recognition.

May know what a document is, PDFium and Tesseract.
"""
