"""Development and the demo: works with no variable set."""

import secrets

from config.settings.base import *  # noqa: F403
from config.settings.base import DATA_DIR, EMAIL_HOST, env


def _kept_secret() -> str:
    """A key of this machine's own, kept so that links and tokens outlive a restart."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", "") or _kept_secret()
DEV_PAGES = True
MAKER_SIGN_UP = env.bool("MAKER_SIGN_UP", True)
if not EMAIL_HOST:
    # Mails go into files in DATA_DIR/outbox.
    EMAIL_BACKEND = "shop.mail.outbox.FileOutbox"
