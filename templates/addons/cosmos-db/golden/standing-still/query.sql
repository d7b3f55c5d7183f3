-- Every record becomes a document, with the time of its arrival and its partition beside its own fields.
SELECT
    *
INTO [orders]
FROM [orders-in]
