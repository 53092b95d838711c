"""Mappings: read, draft and guess what the columns of a table mean.

column_guess.py      guesses the meaning of a column
draft.py             drafts a mapping from a table
document.py          reads a mapping and checks it against the Model
values.py            reads one value as a mapping says
personal_columns.py  refuses a mapping that reads a column about persons
"""
