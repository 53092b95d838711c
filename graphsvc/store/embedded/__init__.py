"""The embedded engine: its process, and the client that finds, starts and holds it."""
