"""End-to-end analytics of Open Lines: sessions of the portal's own lines on their way to UIS reports."""
