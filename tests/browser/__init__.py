"""The page in a real browser: headless Chromium by its driver (Debian: chromium, chromium-driver)."""
