"""Reporting: from what broke a shape to findings, rows and reports."""
