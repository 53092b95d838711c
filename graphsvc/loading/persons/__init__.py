"""Keeps persons out of the graph: finds them in text, withholds them, and never shows them in findings."""
