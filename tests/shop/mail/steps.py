"""Steps that the tests of mails share."""

from typing import Any

from shop.mail import services
from shop.mail.models import Mail
from shop.mail.samples import SAMPLES
from shop.storefronts.models import Storefront

ADA = "ada@example.com"


def window(**values: Any) -> Storefront:
    """A storefront that has been set up, though not in the database."""
    return Storefront(pk=1, **{"name": "Alder & Anvil", "support_email": "bench@alder.example"} | values)


def write_mail(template: str = "sign_in_code", *, to: str = ADA, storefront: Storefront | None = None) -> Mail:
    """A mail by example, written and waiting to be sent."""
    return services.send(template, to=to, context=SAMPLES[template], storefront=storefront or window())
