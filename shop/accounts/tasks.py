"""Background entry points of accounts."""

from procrastinate.contrib.django import app

from shop.accounts import services


@app.task(name="shop.accounts.forget_begun_sign_ins")
def forget_begun_sign_ins(user_id: int) -> None:
    services.forget_begun_sign_ins(user_id)


@app.periodic(cron="41 3 * * *")
@app.task(name="shop.accounts.remove_ended_sign_ins", queueing_lock="shop.accounts.remove_ended_sign_ins")
def remove_ended_sign_ins(timestamp: int) -> None:
    services.remove_ended_sign_ins()
