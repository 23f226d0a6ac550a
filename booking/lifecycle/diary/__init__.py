"""Brings in an old calendar, many appointments in one act, and takes them back in one. Nobody is told."""
