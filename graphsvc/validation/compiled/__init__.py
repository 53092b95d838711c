"""The shapes compiled to plain Python checks, and the spool as these checks read it."""
