"""Mappings: what the columns of a table mean, read, drafted and guessed."""
