"""Miller, O'Neill and Bui (2023): grokking of linear regression and of Gaussian processes."""
