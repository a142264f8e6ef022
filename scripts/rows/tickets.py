"""Support tickets, written once and labelled twice: how urgent they are, and who answers them."""

from __future__ import annotations

from random import Random
from typing import Any, Literal

from scripts.rows import Split
from scripts.rows.material import dress, numbered, read

ASIDES: dict[Split, tuple[str, ...]] = {
    "dev": (
        "We've been with you since 2017, as far as I can see from the files.",
        "I took this job over from Marta in spring, so forgive me if I use the wrong words.",
        "I looked through your help pages first, but they seem to be about another version.",
        "I'm writing from my private address because the other mailbox is being moved.",
        "English isn't my first language, I hope you can follow me.",
        "For your files: customer number 40-22817, we run the professional edition on Windows.",
        "By the way, the weather here is dreadful and half of the office has a cold.",
        "My colleague Ilse, in copy, knows more about the background than I do.",
        "We bought the whole thing at the fair in Basel, from a gentleman with a grey beard.",
        "I'm at my desk on Tuesdays and Fridays, on other days Ola reads this mailbox.",
        "Our extension has changed, the one in your files is out of date.",
        "I've attached two screenshots and a photo of my notes.\nThe second one is upside down.",
    ),
    "heldout": (
        "We've used your services for some years now, mostly happily.",
        "I'm new here and was only told this morning that I look after this.",
        "The assistant on your page couldn't help me, it told me to write here.",
        "Please answer to both of us, Rikke only works in the mornings.",
        "Excuse the spelling, I'm typing with one hand because the other is in plaster.",
        "Contract DE-7741-B, desktop version, bought through a dealer in Ulm.",
        "Outside they're mending the street, forgive me if I sound worn out.",
        "I wrote about something else in January and was well looked after then.",
        "You'd do me a favour by keeping my colleague Bo in copy.",
        "My nephew, who's good with computers, said that I should write to you.\n\nHe set it up.",
        "There's a picture attached. It isn't sharp, but you'll see what I mean.",
        "Our office moved to the third floor in autumn, if that plays a part.",
    ),
}
QUOTES: dict[Split, tuple[str, ...]] = {
    "dev": (
        "Thank you for writing to us. Your message has been given the number 118204.",
        "We have got your message and will come back to you.\nPlease leave this line as it is.",
        "Hello,\ncan you tell us a bit more about what you see?\nYour help desk",
    ),
    "heldout": (
        "This is an automatic answer. A member of the team will read your mail.",
        "Hi, I'm Pat from the first line. Could you describe it in your own words?",
        "Your case was opened.\nReference: C-55-0193\nDo not answer above this line.",
    ),
}


def ticket_rows(
    task: str, prefix: str, column: Literal["urgency", "team"], split: Split
) -> list[dict[str, Any]]:
    """The split's tickets with one of their two labels."""
    pairs = []
    for index, ticket in enumerate(read("tickets", split)):
        rng = Random(f"{task}:{split}:{index}")
        subject, body = ticket["subject"], ticket["body"]
        pairs.append((dress(rng, subject, body, ASIDES[split], QUOTES[split]), ticket[column]))
    return numbered(prefix, split, pairs, f"{task}:{split}")
