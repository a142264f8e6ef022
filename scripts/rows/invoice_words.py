"""The words invoices are made of. All companies and people are invented."""

from __future__ import annotations

from scripts.rows.pools import Pool

VENDORS = Pool(
    shared=(
        "Harrow & Finch Office Supplies",
        "Brightwater Plumbing Ltd",
        "Calder Freight Services",
        "Oakhaven Timber Co.",
        "Merrivale Design Studio",
        "Stannard Electrical Ltd",
        "Pinecrest Catering LLC",
        "Lowfield Print Works",
        "Tidewell Software Inc.",
        "Alder Grove Landscapes",
        "Kestrel Security Systems Ltd",
        "Novak Metallbau GmbH",
        "Rosewell Cleaning Group",
        "Summit Ridge Analytics LLC",
        "Verhoeven Logistiek B.V.",
        "Ashby Laboratory Equipment",
        "Copperline Networks Inc.",
        "Fenwick Translation Bureau",
    ),
    fresh=(
        "Atelier Dumont SARL",
        "Blackthorn Marine Engineering PLC",
        "Quillon Press",
        "Lindqvist Bygg AB",
        "Desert Sage Solar LLC",
        "Hartmann & Sohn KG",
        "The Paper Lantern Company",
        "Okafor Medical Imports",
        "Gilt Edge Joinery",
        "Riverbend Veterinary Partners",
        "Silvestri Ceramiche S.r.l.",
        "Northlight Photography",
        "Upland Beekeeping Supplies",
        "Zephyr Aerial Surveys Pty Ltd",
        "Mossfield Data Recovery",
        "J. T. Abernathy, Consulting Engineer",
        "Cobalt Street Records",
        "Wainwright Scaffolding Hire",
        "Polar Route Cold Storage",
        "Eleven Acre Farm Shop",
    ),
    fresh_share=0.8,
)

CUSTOMERS = Pool(
    shared=(
        "Greystone Holdings Ltd",
        "Marlow Community College",
        "Bayview Hotel Group",
        "Ortega & Sons Inc.",
        "Thornbury Council",
        "Pacific Trail Outfitters",
        "Helix Biosciences LLC",
        "Westgate Dental Practice",
    ),
    fresh=(
        "Ravenscar Theatre Trust",
        "Ives Street Brewery",
        "Castellan Insurance PLC",
        "Juniper Primary School",
        "Delacroix Vineyards",
        "Halcyon Rail Leasing",
    ),
)

STREETS = Pool(
    shared=("Mill Lane", "Station Road", "Harbour Street", "Elm Avenue", "Kings Parade"),
    fresh=("Foundry Close", "Rue des Tanneurs", "Lindenweg", "Canal Wharf", "Orchard Terrace"),
)

TOWNS = Pool(
    shared=("Leeds LS1 4AB", "Portland, OR 97205", "Bristol BS2 8QX", "Utrecht 3511 CE"),
    fresh=("Cork T12 W8KX", "Graz 8010", "Halifax, NS B3J 1S9", "Lyon 69002"),
)

# What is sold, with the lowest and highest unit price.
GOODS = Pool(
    shared=(
        ("A4 copier paper, box of 5 reams", 18, 32),
        ("Desk lamp, adjustable", 24, 75),
        ("Pipe fitting 22 mm", 2, 9),
        ("Emergency call-out", 90, 180),
        ("Site survey", 150, 420),
        ("Freight, pallet", 60, 210),
        ("Fuel surcharge", 8, 40),
        ("Oak board, planed 2.4 m", 22, 64),
        ("Logo design", 300, 1200),
        ("Brochure layout, per page", 35, 90),
        ("Circuit breaker 32 A", 12, 38),
        ("Lunch buffet per person", 14, 36),
        ("Business cards, pack of 250", 25, 60),
        ("Software licence, annual", 200, 1900),
        ("Support hours", 65, 145),
        ("Hedge trimming", 40, 120),
        ("CCTV camera, dome", 85, 240),
        ("Steel bracket, galvanised", 3, 15),
        ("Office cleaning, weekly", 70, 190),
        ("Data migration", 400, 2400),
        ("Pipette tips, rack of 96", 6, 22),
        ("Network switch, 24 port", 180, 640),
        ("Translation EN-DE, per 1000 words", 90, 160),
        ("Cable tray 3 m", 11, 29),
    ),
    fresh=(
        ("Hull inspection (dry dock)", 900, 3800),
        ("Letterpress invitations", 2, 6),
        ("Roof tiles, clay, per m2", 28, 55),
        ("PV module 410 W", 140, 260),
        ("Inverter 5 kW, installed", 900, 1700),
        ("Nitrile gloves size 8, carton", 35, 70),
        ("Sash window repair", 120, 340),
        ("Vaccination visit", 45, 95),
        ("Floor tile 60x60, matt", 3, 12),
        ("Portrait session, 2 hours", 180, 450),
        ("Beehive frame, pine", 2, 7),
        ("Drone survey: 12 ha orthophoto", 500, 1600),
        ("RAID recovery, 4 disks", 600, 2100),
        ("Structural report", 450, 1500),
        ("Vinyl pressing, 12 inch", 4, 11),
        ("Tube scaffold hire / week", 60, 240),
        ("Cold store, pallet position", 9, 25),
        ("Raw honey 340 g", 5, 9),
        ("Delivery and unpacking", 30, 120),
        ("Deposit on returnable drums", 5, 20),
    ),
)

LABELS = {
    "title": Pool(("INVOICE", "Invoice", "Tax Invoice"), ("Bill", "Statement of Charges")),
    "invoice_number": Pool(
        ("Invoice No.", "Invoice number", "Invoice #", "Inv #"),
        ("Bill number", "Our reference", "Document no.", "Inv. ref."),
    ),
    "invoice_date": Pool(
        ("Invoice date", "Date", "Date of issue"), ("Issued on", "Billing date", "Tax point")
    ),
    "due_date": Pool(
        ("Due date", "Payment due", "Due"), ("Pay by", "Please settle before", "Terms end")
    ),
    "bill_to": Pool(("Bill to", "Billed to", "Customer"), ("Sold to", "Client", "Invoice address")),
    "description": Pool(("Description", "Item", "Details"), ("Service or product", "Particulars")),
    "quantity": Pool(("Qty", "Quantity"), ("Units", "No.", "Qty / hrs")),
    "unit_price": Pool(("Unit price", "Price", "Rate"), ("Each", "Unit cost", "Price per unit")),
    "amount": Pool(("Amount", "Total", "Line total"), ("Net", "Sum", "Extended")),
    "subtotal": Pool(("Subtotal", "Net total"), ("Sum before tax", "Goods and services", "Net")),
    "tax": Pool(("VAT {rate}%", "Tax ({rate}%)", "Sales tax"), ("GST @ {rate}%", "MwSt. {rate} %")),
    "total": Pool(
        ("Total", "Total due", "Amount due"), ("Balance payable", "Grand total", "To pay")
    ),
}

# A label, and how its value is written.
EXTRAS = Pool(
    shared=(
        ("PO number", "PO-{n:05}"),
        ("Customer no.", "C{n:05}"),
        ("Order no.", "{n:06}"),
        ("Delivery date", "{date}"),
    ),
    fresh=(
        ("Your reference", "REQ/{n:04}"),
        ("Order date", "{date}"),
        ("Job", "J-{n:04}"),
        ("Shipped", "{date}"),
    ),
)

NUMBERS = Pool(
    shared=("INV-{y}-{n:03}", "INV{n:05}", "{n:06}", "{y}-{n:04}"),
    fresh=("{n:05}/{y}", "R{y}{n:04}", "B-{n:04}", "{n:04}-A", "SI {n:05}"),
)

NOTES = Pool(
    shared=(
        "Payment within {days} days. Thank you for your business.",
        "Please quote the invoice number with your payment.",
        "Bank: Fairhaven Bank, account 4471 {n:05}.",
    ),
    fresh=(
        "Interest of 1.5% a month is charged on late payment.",
        "Goods remain our property until {date}, or until paid if later.",
        "A deposit of 250.00 was received with thanks and is not deducted above.",
    ),
)
