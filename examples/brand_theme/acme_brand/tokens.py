"""The design tokens: each becomes a CSS custom property, such as ``--color-accent``.

Text on its background has a contrast of 4.5 to 1 or more, as WCAG 2.2 AA asks.
"""

LIGHT = {
    "color-background": "#ffffff",
    "color-surface": "#f4f5f7",
    "color-text": "#1b1f24",
    "color-accent": "#7a2e8e",
    "color-on-accent": "#ffffff",
    "font-body": "system-ui, sans-serif",
    "radius": "6px",
}
DARK = {
    **LIGHT,
    "color-background": "#14161a",
    "color-surface": "#1f2329",
    "color-text": "#e8eaed",
    "color-accent": "#d9a3e6",
    "color-on-accent": "#14161a",
}
