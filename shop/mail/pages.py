"""Pages for developers, served where `DEV_PAGES` is on: every mail by example, and what was sent to an address."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.html import format_html, format_html_join

from shop.errors import NotFound, problem_response
from shop.mail.queries import last_mails
from shop.mail.samples import SAMPLES, SHOP
from shop.mail.shapes import Content, rendered
from shop.storefronts.models import Storefront

# A preview is drawn and no more: nothing in it runs, is sent, or is framed.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src https:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-store",
}


def mails(request: HttpRequest) -> HttpResponse:
    rows = format_html_join(
        "",
        '<tr><td><a href="/dev/mails/{0}">{0}</a></td><td><a href="/dev/mails/{0}.txt">text</a></td><td>{1}</td></tr>',
        ((template, _sample(template).subject) for template in SAMPLES),
    )
    page = format_html(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Mails</title>'
        '<body style="font:16px/1.6 system-ui;max-width:50em;margin:4em auto;padding:0 1em"><h1>Mails</h1>'
        "<table cellpadding=6>{}</table><p>What was sent to an address: "
        "<code>/dev/mails/sent?to=ada@example.com</code></p></body></html>",
        rows,
    )
    return HttpResponse(page, headers=HEADERS)


def preview(request: HttpRequest, template: str) -> HttpResponse:
    if template not in SAMPLES:
        return problem_response(NotFound())
    return HttpResponse(_sample(template).html, headers=HEADERS)


def preview_text(request: HttpRequest, template: str) -> HttpResponse:
    if template not in SAMPLES:
        return problem_response(NotFound())
    content = _sample(template)
    text = f"Subject: {content.subject}\n\n{content.text}"
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=HEADERS)


def sent(request: HttpRequest) -> HttpResponse:
    """The last mails to `?to=`, those that wait included; their texts are emptied an hour after sending."""
    results = [
        {
            "id": mail.public_id,
            "template": mail.template,
            "subject": mail.subject,
            "text": mail.text,
            "created_at": mail.created_at,
            "sent_at": mail.sent_at,
        }
        for mail in last_mails(to=request.GET.get("to", ""))
    ]
    return JsonResponse({"results": results}, headers=HEADERS)


def _sample(template: str) -> Content:
    """The mail as a shop that has been set up would send it; the shop is not kept anywhere."""
    window = Storefront(
        pk=1,
        name="Alder & Anvil",
        support_email="bench@alder.example",
        mail_footer="Alder & Anvil, 12 Bench Lane, Portland, OR 97201",
        logo_url=f"{SHOP}/logo.png",
    )
    return rendered(template, SAMPLES[template], window)
