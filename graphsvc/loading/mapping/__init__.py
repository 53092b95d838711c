"""Mappings: read, draft and guess what the columns of a table mean."""
