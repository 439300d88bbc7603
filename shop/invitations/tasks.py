"""Background entry points of invitations."""

from procrastinate.contrib.django import app

from shop.invitations import services


@app.periodic(cron="11 4 * * *")
@app.task(name="shop.invitations.forget_old", queueing_lock="shop.invitations.forget_old")
def forget_old(timestamp: int) -> None:
    services.forget_old()
