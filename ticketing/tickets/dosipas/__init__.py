"""Tickets as UIC dynamic barcodes (DOSIPAS: header U2, rail ticket data FCB3), for readers of other companies."""
