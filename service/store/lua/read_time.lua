-- What the store's clock reads, and that this is a store.
return answer('OK')
