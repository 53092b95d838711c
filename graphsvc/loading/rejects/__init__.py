"""Rejects: rows that were set aside, written in the layout of their input so that they can be mended and loaded."""
