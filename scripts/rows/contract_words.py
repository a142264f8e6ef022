"""The clauses contracts are made of. All companies and people are invented.

Braces are filled by the generator: `a` and `b` are the parties' names, `ra` and `rb` their
roles, `sa` and `sb` where they are seated, `date` the effective date, `other` an unrelated one.
"""

from __future__ import annotations

from dataclasses import dataclass

from scripts.rows.pools import Pool

COMPANIES = Pool(
    shared=(
        "Northgate Logistics LLC",
        "Halden Marine Supply Ltd",
        "Corvid Analytics Inc.",
        "Tamarind Foods Limited",
        "Brookfield & Lane LLP",
        "Sable Point Properties LLC",
        "Oriel Software GmbH",
        "Vantage Mill Holdings, Inc.",
        "Petrel Aviation Services Ltd",
        "Greenmantle Energy PLC",
        "Larkspur Biotech Corp.",
        "Duneside Hotels B.V.",
        "Ironbark Mining Pty Ltd",
        "Meridian Textile Company",
        "Castor Payments Inc.",
        "Whitfield Academy Trust",
        "Aldous Robotics Corporation",
        "Quayside Media Ltd",
    ),
    fresh=(
        "Fjordkraft Systemer AS",
        "The Regents of Ashmont University",
        "Bellweather",
        "Société Lumen Partagée S.A.S.",
        "Kitano Precision K.K.",
        "Municipality of Larkhaven",
        "Trusted Harvest Co-operative",
        "Stonebridge and Daughters",
        "Umber Labs",
        "Nova Terra Geodesia S.p.A.",
        "Harper Ainsley Architects",
        "Velvet Rope Events LLC",
        "Institute for Coastal Studies",
        "Pelham Street Capital Partners, L.P.",
        "Jade River Imports (HK) Limited",
    ),
    fresh_share=0.6,
)

PEOPLE = Pool(
    shared=("Maria Teixeira", "John Okonkwo", "Sarah Lindholm", "Peter Novak"),
    fresh=("Dr. Amara Singh", "Liam O'Connell", "Yuki Tanabe", "Carlos de la Vega"),
)

SEATS = Pool(
    shared=(
        "a company with its registered office at 14 Quay Street, Dublin",
        "a Nevada corporation",
        "a limited liability company organised under the laws of Texas",
        "of 200 Commerce Drive, Columbus, Ohio",
        "a company incorporated in Scotland",
    ),
    fresh=(
        "whose principal place of business is in Rotterdam",
        "registered in the commercial register of Vienna under number FN 31177",
        "existing under the laws of the Grand Duchy of Luxembourg",
        "a body formed under the laws of Oregon",
    ),
)

HOMES = ("of 9 Chapel Row, Galway", "residing at 77 Birch Street, Boston", "of 3 Hill View, Bath")

# Written as in the contract, and as the answer is expected.
LAWS = Pool(
    shared=(
        ("the State of Delaware", "Delaware"),
        ("the State of New York", "New York"),
        ("England and Wales", "England and Wales"),
        ("Ireland", "Ireland"),
        ("the Federal Republic of Germany", "Germany"),
        ("California", "California"),
        ("the Netherlands", "Netherlands"),
        ("the Commonwealth of Massachusetts", "Massachusetts"),
    ),
    fresh=(
        ("the Province of Ontario", "Ontario"),
        ("Switzerland", "Switzerland"),
        ("the State of New South Wales, Australia", "New South Wales"),
        ("the Republic of Singapore", "Singapore"),
        ("Scotland", "Scotland"),
        ("Norway", "Norway"),
        ("the Kingdom of Spain", "Spain"),
    ),
)

PREAMBLES = Pool(
    shared=(
        (
            'This {title} (the "Agreement") is entered into as of {date} (the "Effective Date") by '
            'and between {a}, {sa} (the "{ra}"), and {b}, {sb} (the "{rb}").'
        ),
        'THIS {title} is made on {date} between {a} ("{ra}") and {b}, {sb} ("{rb}").',
        (
            'This {title}, dated {date}, is between {a}, {sa} (hereinafter "{ra}"), and {b} '
            '(hereinafter "{rb}"). The parties agree as follows.'
        ),
        (
            '{a}, {sa} ("{ra}"), and {b}, {sb} ("{rb}"), enter into this {title}. It takes effect '
            'on {date} (the "Effective Date").'
        ),
    ),
    fresh=(
        (
            "{title}\n\nPARTIES\n(1) {a}, {sa}, the {ra}; and\n(2) {b}, {sb}, the {rb}.\n\n"
            "COMMENCEMENT DATE: {date}"
        ),
        (
            'Signed on {other} and effective from {date}, this {title} sets out what {a} ("{ra}") '
            'and {b} ("{rb}") have agreed.'
        ),
        "{ra}: {a}\n{rb}: {b}\nDate of this {title}: {date}",
        (
            "BY THIS {title}, executed {other}, {a}, {sa}, being the {ra}, engages with {b}, "
            "being the {rb}. The obligations of both begin on {date}."
        ),
        (
            "This {title} replaces the letter of intent of {other}. It is concluded between {a}, "
            "{sa}, and {b}, {sb}, respectively the {ra} and the {rb}, with effect from {date}."
        ),
    ),
)

FIXED_TERMS = Pool(
    shared=(
        "This Agreement begins on the Effective Date and continues for a term of {months}.",
        "The term of this Agreement is {months}, unless ended earlier as set out below.",
        (
            "This Agreement shall remain in force for an initial period of {months} and may be "
            "renewed for further periods of {renewal} by written agreement."
        ),
        "Unless terminated sooner, this Agreement runs for {months} from the Effective Date.",
    ),
    fresh=(
        "It stays in place until {end} and then lapses without notice.",
        (
            "After {months} the arrangement comes to an end of its own accord; it may be "
            "prolonged once, by {renewal}."
        ),
        "Duration: {months}. Warranty on delivered work: {renewal}.",
        (
            "The parties bind themselves for {months}, counted from the day on which this "
            "contract takes effect. Records are kept for {renewal} thereafter."
        ),
        "The initial term expires on {end}.",
    ),
)

OPEN_TERMS = Pool(
    shared=(
        "This Agreement continues until terminated by either party.",
        "This Agreement has no fixed term.",
    ),
    fresh=("The arrangement is open-ended.", "No end date is agreed."),
)

PRICES = Pool(
    shared=(
        "The total fee payable under this Agreement is {total}, due within {days} days of invoice.",
        (
            "The {rb} shall pay the {ra} a total contract price of {total}. Invoices are payable "
            "within {days} days."
        ),
        "In consideration, the {rb} shall pay {total} in total, in monthly instalments of {part}.",
        "The aggregate amount payable shall be {total}. Late sums bear interest at 1.5% a month.",
    ),
    fresh=(
        "Fees: {total} for the whole engagement, of which {part} falls due on signature.",
        (
            "An advance of {part} is paid at once; it counts towards the overall consideration of "
            "{total}."
        ),
        (
            "For everything described above the {ra} receives {total}, exclusive of tax, and a "
            "reimbursement of travel costs of up to {part}."
        ),
        "Price. {part} a month, which over the full duration comes to {total}.",
    ),
)

LIABILITY = Pool(
    shared=(
        "Neither party's liability shall exceed {cap}.",
        "The {ra} shall maintain insurance of at least {cap} for each claim.",
        "Neither party is liable for indirect or consequential loss.",
    ),
    fresh=(
        "Claims are limited to {cap} in any calendar year.",
        "A deposit of {cap} is held in escrow and returned at the end.",
    ),
)

NOTICES = Pool(
    shared=(
        "Either party may terminate this Agreement for convenience on {notice} written notice.",
        (
            "Either party may end this Agreement at any time by giving the other at least "
            "{notice} prior written notice."
        ),
        (
            "The {rb} may terminate without cause upon {notice} notice. A breach not cured within "
            "{days} days entitles the other party to terminate at once."
        ),
    ),
    fresh=(
        (
            "A party that wishes to leave tells the other in writing no later than {notice_plain} "
            "beforehand."
        ),
        (
            "A material breach must be remedied within {days} days of a complaint. Apart from "
            "that, withdrawal requires {notice} warning in text form."
        ),
        "Cancellation: {notice_plain}, by registered letter.",
    ),
)

NO_NOTICES = Pool(
    shared=(
        (
            "This Agreement may be terminated only for material breach that is not cured within "
            "{days} days."
        ),
    ),
    fresh=("Neither side may withdraw early, save where the other becomes insolvent.",),
)

LAW_CLAUSES = Pool(
    shared=(
        "This Agreement is governed by the laws of {law}.",
        (
            "This Agreement shall be governed by and construed in accordance with the laws of "
            "{law}. The courts of {court} have jurisdiction."
        ),
        "Governing law: {law}.",
    ),
    fresh=(
        "The law of {law} applies; disputes go to arbitration in {court}.",
        "Any dispute is heard in {court} and decided under {law_name} law.",
        (
            "Interpretation of this document follows the rules in force in {law}, without regard "
            "to the conflict of laws."
        ),
    ),
)

COURTS = ("Paris", "Chicago", "Geneva", "London", "Hamburg", "Stockholm")

FILLERS = Pool(
    shared=(
        (
            "Each party shall keep the other's confidential information secret and use it only "
            "for the purposes of this Agreement. This duty survives for {survival} years."
        ),
        "Neither party may assign this Agreement without the prior written consent of the other.",
        (
            "This Agreement is the entire agreement between the parties and supersedes the "
            "understanding dated {other}."
        ),
        "Notices are sent to the addresses given above and are deemed received after {days} days.",
        "If a provision is found to be invalid, the others remain in effect.",
        "Amendments are valid only in writing and when signed by both parties.",
    ),
    fresh=(
        "Events beyond a party's reasonable control suspend its duties for up to {days} days.",
        "The parties process personal data only as the annex of {other} allows.",
        "No failure to exercise a right is a waiver of it.",
        "This document may be signed in counterparts, each of which is an original.",
    ),
)

SIGNATURES = Pool(
    shared=(
        (
            "IN WITNESS WHEREOF the parties have signed on {other}.\n\n{a}\nBy: "
            "______________\n\n{b}\nBy: ______________"
        ),
        "Signed for {a}: ______________\nSigned for {b}: ______________\nDate: {other}",
    ),
    fresh=("For the {ra}: ____________  For the {rb}: ____________\n{other}",),
)


@dataclass(frozen=True)
class Kind:
    """A kind of contract: titles, roles, what it is about, and what its total may be."""

    titles: tuple[str, ...]
    roles: tuple[tuple[str, str], ...]
    subjects: tuple[str, ...]
    priced: bool = True


KINDS = Pool(
    shared=(
        Kind(
            ("Services Agreement", "SERVICE AGREEMENT", "Master Services Agreement"),
            (("Provider", "Client"), ("Contractor", "Customer")),
            (
                "The {ra} shall provide warehouse management and reporting services to the {rb}.",
                (
                    "The {ra} shall maintain the {rb}'s computer network and answer faults within "
                    "one business day."
                ),
            ),
        ),
        Kind(
            ("Non-Disclosure Agreement", "MUTUAL NON-DISCLOSURE AGREEMENT"),
            (("Disclosing Party", "Receiving Party"), ("Discloser", "Recipient")),
            (
                (
                    "The parties wish to explore a joint venture and will exchange confidential "
                    "information for that purpose."
                ),
            ),
            priced=False,
        ),
        Kind(
            ("Lease Agreement", "COMMERCIAL LEASE"),
            (("Landlord", "Tenant"), ("Lessor", "Lessee")),
            (
                "The {ra} lets to the {rb} the ground floor of 8 Canal Street for use as offices.",
                "The {ra} leases to the {rb} the warehouse at 31 Dock Road and 12 parking spaces.",
            ),
        ),
        Kind(
            ("Software Licence Agreement", "LICENSE AGREEMENT"),
            (("Licensor", "Licensee"),),
            (
                (
                    "The {ra} grants the {rb} a non-exclusive licence to use the software on up "
                    "to 40 devices."
                ),
            ),
        ),
    ),
    fresh=(
        Kind(
            ("Supply Agreement", "FRAMEWORK SUPPLY CONTRACT"),
            (("Supplier", "Buyer"), ("Seller", "Purchaser")),
            (
                (
                    "The {ra} shall deliver to the {rb} 500 tonnes of barley malt a quarter, in "
                    "lots of 25 tonnes."
                ),
            ),
        ),
        Kind(
            ("Consulting Agreement", "CONSULTANCY CONTRACT"),
            (("Consultant", "Company"), ("Adviser", "Principal")),
            (
                (
                    "The {ra} shall advise the {rb} on the design of its pension plan, for up to "
                    "6 days a month."
                ),
            ),
        ),
    ),
    fresh_share=0.4,
)
