"""Made-up requests that say one verb of many things, so that a verb is heard whatever it is about.

They are for nothing but the part of the matcher that hears the kind of work; no share of any report
is measured on them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

MATTERS = """invoices; supplier bills; contracts; agreements; support tickets; customer requests;
comments; forum posts; emails; spam; text messages; reviews; customer feedback; languages; reports;
photos; recipes; songs; news articles; CVs; job applications; receipts; payslips; patents; medical
notes; phone calls; meeting notes; web pages; tax forms; bank statements; purchase orders; product
descriptions; books; essays; tweets; files; source code; log lines; delivery notes; leases;
documents; chats; surveys; opinions; products; customers"""

REQUESTS = {
    "classification": """classify {}; sort {} by type; tell good {} from bad ones; label {}; detect
suspicious {}; flag {}; is this one of the {} or not; decide which category {} belong to; route {};
prioritise {}; assign {} to groups; recognise unwanted {}; which kind of {} is it; filter {}; rate
{} as low, medium or high; categorise {}; {} classifier; {} detection; triage {}; tag {}; identify
the type of {}; are the {} positive or negative; determine what {} are about; screen {}; score {};
moderate {}; judge {}""",
    "extraction": """extract the fields of {}; get names and dates out of {}; parse {} into JSON;
read {} and give their key data; pull amounts out of {}; {} parser; {} data extraction; capture data
from {}; turn {} into structured records; find the dates, parties and amounts in {}; OCR of {} into
a table; list the key facts stated in {}; digitise {}; {} OCR; take number, date and total from {};
what are the terms in {}; scan {} for the main facts""",
    "other": """write {}; pay {}; translate {}; summarise {}; reply to {}; answer {}; draft {};
generate {}; send {}; sell {}; buy {}; approve {}; forecast {}; remind me of {}; search {}; compare
{}; store {}; archive {}; explain {}; rewrite {}; negotiate {}; sign {}; collect {}; delete {};
schedule {}; print {}; recommend {}; correct {}; learn about {}; count {}; create a template for {};
the best {}; make {} shorter; convert {} to Word; plan {}; teach me {}; chat about {}; publish {};
close {}; review {} with redlines; predict how many {} come; improve {}; software for {}; prices of
{}; {} course; dispute {}; manage {}; {} reminder; {} template; {} workflow; merge {}; respond to
{}; redact {}; share {}; find {}; talk about {}""",
}
EACH = 22
SEED = 1


def requests() -> Iterator[tuple[str, str]]:
    """Kinds of work and requests for it."""
    matters = [" ".join(matter.split()) for matter in MATTERS.split(";")]
    draw = random.Random(SEED)
    for kind, forms in REQUESTS.items():
        for form in forms.split(";"):
            for matter in draw.sample(matters, EACH):
                yield kind, " ".join(form.split()).format(matter)
