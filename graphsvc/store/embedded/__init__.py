"""The embedded engine: its own process, and how it is found, started and held from outside."""
