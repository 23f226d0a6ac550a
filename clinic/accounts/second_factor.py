def has_second_factor(user) -> bool:
    """Whether this user's sign-in takes a second step besides the password."""
    return False
