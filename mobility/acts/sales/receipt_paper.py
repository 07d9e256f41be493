"""A receipt as words, in French or English, and on paper (PDF)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fpdf import FPDF

from ground.paris import PARIS
from mobility.acts.sales.receipt import Receipt
from ticketing.orders.best_fare_words import best_fare_words
from ticketing.sales.vat import TOTAL
from ticketing.sheet import FONT, new_sheet, printable, write_line

_HARD = "\u00a0"
MARGIN_MM = 20
SIZE_PT = 11

_WORDS = {
    "fr": {
        "title": "Reçu",
        "reference": "Commande",
        "seller": "Vendeur",
        "at": "Payée le",
        "product": "Produit",
        "amount": "Montant TTC",
        "given_back": "dont remboursé {amount}",
        "shared": "partage de frais, hors TVA",
        "rate": "TVA {rate} %",
        "fees": "Frais retenus",
        "total": "Total TTC",
        "vat": "TVA",
        "net": "Hors taxes",
        "line": "La TVA est comprise dans les prix et arrondie ligne par ligne.",
        "sum": "La TVA est comprise dans les prix et arrondie une fois par taux, sur le total.",
        "payments": "Paiements",
        "carried-in": "Repris de ce qui a été échangé",
        "carried-out": "Repris pour ce qui le remplace",
        "charge": "Payé ({by})",
        "refund": "Remboursé ({by})",
        "refund_due": "Remboursement en cours ({by})",
        "cash": "espèces",
        "bank": "virement",
        "on_paper": "Télécharger en PDF",
        "back": "Revenir à la commande",
    },
    "en": {
        "title": "Receipt",
        "reference": "Order",
        "seller": "Sold by",
        "at": "Paid on",
        "product": "Product",
        "amount": "Amount with VAT",
        "given_back": "of which {amount} refunded",
        "shared": "shared costs, no VAT",
        "rate": "VAT {rate} %",
        "fees": "Fees kept",
        "total": "Total with VAT",
        "vat": "VAT",
        "net": "Without VAT",
        "line": "Prices include VAT, rounded line by line.",
        "sum": "Prices include VAT, rounded once for each rate, on the total.",
        "payments": "Payments",
        "carried-in": "Taken over from what was exchanged",
        "carried-out": "Taken over by what it was exchanged for",
        "charge": "Paid ({by})",
        "refund": "Refunded ({by})",
        "refund_due": "Refund on its way ({by})",
        "cash": "cash",
        "bank": "transfer",
        "on_paper": "Download as PDF",
        "back": "Back to the order",
    },
}


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    """All that a receipt says, ready to be laid out."""

    language: str
    title: str
    heads: tuple[tuple[str, str], ...]
    columns: tuple[str, str, str]
    """Of `lines`: product, tax, amount."""
    lines: tuple[tuple[str, str, str], ...]
    total: tuple[str, str]
    vat_columns: tuple[str, str, str]
    """Of `vat`: rate, without tax, tax."""
    vat: tuple[tuple[str, str, str], ...]
    note: str
    payments_title: str
    payments: tuple[tuple[str, str], ...]
    links: tuple[str, str]
    """Of its page: to the paper, and back."""


def write_receipt(receipt: Receipt, language: str) -> ReceiptWords:
    """Its words. `language`: "fr" or "en"."""
    words, is_french = _WORDS[language], language == "fr"
    at = receipt.at.astimezone(PARIS)

    def money(cents: int) -> str:
        return amount_words(cents, language)

    def rate(permille: int) -> str:
        return words["rate"].format(rate=_rate(permille, is_french))

    lines = []
    for one in receipt.lines:
        name = one.name_fr if is_french else one.name_en
        if one.given_back_cents:
            name += f" ({words['given_back'].format(amount=money(one.given_back_cents))})"
        lines.append(
            (name, words["shared"] if one.is_shared_cost else rate(one.vat_permille), money(one.cents))
        )
    returned = sum(one.given_back_cents for one in receipt.lines)
    if returned:
        lines.append((words["refund"].partition(" (")[0], "", money(-returned)))
    lines += [(one, "", "") for one in best_fare_words(receipt.items, language, money)]
    if receipt.fees_cents:
        lines.append((words["fees"], "", money(receipt.fees_cents)))
    return ReceiptWords(
        language=language,
        title=words["title"],
        heads=(
            (words["reference"], receipt.reference),
            (words["seller"], receipt.seller),
            (words["at"], f"{at:%d/%m/%Y %H:%M}" if is_french else f"{at:%Y-%m-%d %H:%M}"),
        ),
        columns=(words["product"], words["vat"], words["amount"]),
        lines=tuple(lines),
        total=(words["total"], money(receipt.total_cents)),
        vat_columns=(words["vat"], words["net"], words["vat"]),
        vat=tuple(
            (rate(one.permille), money(one.cents - one.vat_cents), money(one.vat_cents))
            for one in receipt.vat
        ),
        note=words["sum" if receipt.vat_mode == TOTAL else "line"],
        payments_title=words["payments"],
        payments=tuple(_payments(receipt, language)),
        links=(words["on_paper"], words["back"]),
    )


def amount_words(cents: int, language: str) -> str:
    """`-1,50 €`, `-€1.50`."""
    sign, figure = "-" if cents < 0 else "", f"{abs(cents) // 100}.{abs(cents) % 100:02}"
    return f"{sign}{figure.replace('.', ',')}{_HARD}€" if language == "fr" else f"{sign}€{figure}"


def print_receipt(words: ReceiptWords) -> bytes:
    """One sheet of A4, or as many as it takes."""
    pdf = new_sheet(words.title, words.language, MARGIN_MM)
    write_line(pdf, words.title, 18, bold=True)
    _pairs(pdf, words, words.heads)
    pdf.ln(4)
    _table(pdf, words.columns, [*words.lines, (words.total[0], "", words.total[1])])
    pdf.ln(4)
    _table(pdf, words.vat_columns, words.vat)
    write_line(pdf, words.note, SIZE_PT)
    pdf.ln(4)
    write_line(pdf, words.payments_title, 12, bold=True)
    _pairs(pdf, words, words.payments)
    return bytes(pdf.output())


def _payments(receipt: Receipt, language: str) -> list[tuple[str, str]]:
    words, rows = _WORDS[language], []
    for one in receipt.payments:
        kind = one.provider.partition(":")[0]
        by = words.get(kind, kind.capitalize())
        if one.kind == "charge":
            rows.append((words["charge"].format(by=by), amount_words(one.captured_cents, language)))
        else:
            name = words["refund" if one.status == "refunded" else "refund_due"].format(by=by)
            rows.append((name, amount_words(one.amount_cents, language)))
    if receipt.carried_cents:
        name = words["carried-in" if receipt.carried_cents > 0 else "carried-out"]
        rows.append((name, amount_words(abs(receipt.carried_cents), language)))
    return rows


def _rate(permille: int, is_french: bool) -> str:
    figure = f"{permille / 10:.1f}".removesuffix(".0")
    return figure.replace(".", ",") if is_french else figure


def _pairs(pdf: FPDF, words: ReceiptWords, pairs: Sequence[tuple[str, str]]) -> None:
    for name, value in pairs:
        write_line(pdf, f"{name} : {value}" if words.language == "fr" else f"{name}: {value}", SIZE_PT)


def _table(pdf: FPDF, columns: tuple[str, ...], rows: Sequence[tuple[str, str, str]]) -> None:
    pdf.set_font(FONT, "", SIZE_PT)
    with pdf.table(col_widths=(55, 25, 20), text_align=("LEFT", "RIGHT", "RIGHT")) as table:
        for cells in (columns, *rows):
            row = table.row()
            for cell in cells:
                row.cell(printable(cell))
