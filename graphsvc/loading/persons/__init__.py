"""Keeps persons out of the graph: finds them in text, withholds them, and never shows them in findings.

text.py           finds names of persons, telephone numbers and e-mail addresses
withheld_list.py  writes the list of withheld texts, and reads the names that are no persons
privacy.py        decides how much of a value may be shown
"""
