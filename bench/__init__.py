"""Every figure that the README quotes has its script here."""
