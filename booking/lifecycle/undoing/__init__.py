"""Undo of the desk: which act can be undone now, and how every row goes back."""
