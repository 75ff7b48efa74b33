"""The suite every driver passes, shipped to third parties. It drives the engine as a user would and judges by the cloud."""
