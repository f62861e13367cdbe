"""The pages of the reference: each makes its Markdown from the code itself."""
