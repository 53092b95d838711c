"""Persons, kept out: found in text, withheld, and never shown in what is said about an input."""
