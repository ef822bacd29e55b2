"""Results into Plotly figures: plain dicts of traces and layout, colours named by token. Nothing is computed here."""
