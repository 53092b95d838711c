"""The shapes compiled to plain Python checks, and the reader through which these checks see the spool."""
