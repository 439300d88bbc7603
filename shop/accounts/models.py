from oscar.apps.customer.abstract_models import AbstractUser


class User(AbstractUser):
    """Whoever signs in: a shopper, a maker's team member, an operator. Signs in by email address."""
