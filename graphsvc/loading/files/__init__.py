"""Reads files safely: bytes, CSV, spreadsheets and JSON, one row or item at a time, in bounded memory.

bytes.py         opens files at a fixed size and finds their encoding
sheets.py        yields the rows of CSV files
spreadsheet.py   yields the rows of XLSX sheets
table_layout.py  the layout of a table in its file
table_file.py    finds the delimiter, sheet and header of a table that people made
json_bytes.py    reads the bytes of JSON files as UTF-8
json_file.py     yields the items of JSON documents
cells.py         reads cells as values of a property
"""
