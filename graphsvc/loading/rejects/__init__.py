"""Rejects: rows that were set aside, written in the layout of their input so that they can be mended and loaded.

rows.py       keeps the rows that are set aside on disk, with their findings
file.py       writes the rejects of a map
directory.py  writes the rejects of a directory
"""
