"""Reads files safely: bytes, CSV, spreadsheets and JSON, one row or item at a time, in bounded memory."""
