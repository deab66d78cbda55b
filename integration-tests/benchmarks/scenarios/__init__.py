"""What is measured. These modules run in the environments of the peers too, so they import nothing of ours."""
