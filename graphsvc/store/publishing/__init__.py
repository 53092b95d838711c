"""Publishing: a difference is written under the next revision, invisibly, and then one transaction flips the number."""
