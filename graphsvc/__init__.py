"""A knowledge graph and semantic query service for the architecture of health-and-care systems."""

__version__ = "0.1.0"
