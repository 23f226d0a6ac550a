def is_from_our_own_page(request) -> bool:
    """Whether the browser's headers say that our page sent the form. Without such headers the answer is no."""
    ours, origin = f"{request.scheme}://{request.get_host()}", request.headers.get("Origin")
    is_ours = origin == ours if origin else request.headers.get("Referer", "").startswith(f"{ours}/")
    return is_ours and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
