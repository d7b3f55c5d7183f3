SELECT device, MAX(CAST(temperature AS float)) AS hottest, System.Timestamp() AS windowEnd
INTO [devices]
FROM [devices-in]
GROUP BY device, TumblingWindow(minute, 1)
