"""Thilak, Littwin, Zhai, Saremi, Paiss and Susskind (2022): see `paper.toml`."""
