vault {
  address = https://vault
}
