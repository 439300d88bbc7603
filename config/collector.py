"""What Python's garbage collector goes through, in the web server and in tests."""

import gc


def leave_what_is_loaded() -> None:
    """What has been loaded stays for good: it need not be gone through again and again, nor after each request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
