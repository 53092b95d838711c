"""Reporting: turns validation results into findings, rejected rows and reports."""
